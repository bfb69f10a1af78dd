use super::*;

#[tokio::test]
async fn each_test_has_a_migrated_database_of_its_own() -> anyhow::Result<()> {
    let postgres = Postgres::shared().await?;
    let (one, two) = (postgres.create_database().await?, postgres.create_database().await?);
    assert_ne!(one, two);
    store::open(&one, store::Options::default()).await?.ping().await?;
    postgres.sql_at(&one, "CREATE TABLE mine (id int)").await?;
    let seen = "SELECT count(*) FROM pg_tables WHERE tablename = 'mine'";
    assert_eq!(postgres.sql_at(&one, seen).await?, "1");
    assert_eq!(postgres.sql_at(&two, seen).await?, "0");
    Ok(())
}

#[tokio::test]
async fn a_server_comes_back_with_its_data_after_a_stop_and_after_a_crash() -> anyhow::Result<()> {
    let postgres = Postgres::launch().await?;
    let url = postgres.create_empty_database().await?;
    postgres.sql_at(&url, "CREATE TABLE kept (id int)").await?;
    postgres.stop().await?;
    assert!(postgres.sql("SELECT 1").await.is_err());
    postgres.start().await?;
    postgres.sql_at(&url, "INSERT INTO kept VALUES (1)").await?;
    postgres.kill().await?;
    assert!(postgres.sql("SELECT 1").await.is_err());
    postgres.start().await?;
    assert_eq!(postgres.sql_at(&url, "SELECT id FROM kept").await?, "1");
    Ok(())
}
