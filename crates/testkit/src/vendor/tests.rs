use serde_json::json;

use super::*;

#[tokio::test]
async fn it_answers_as_told_and_keeps_what_it_was_asked() -> anyhow::Result<()> {
    crate::install_crypto();
    let vendor = Vendor::start().await?;
    vendor.reply(Method::POST, "/issues", Reply::json(201, &json!({ "number": 7 })));
    vendor.reply_once(Method::POST, "/issues", Reply::bytes(429, "slow down").header("retry-after", "1"));
    let http = reqwest::Client::new();
    let ask = async || {
        http.post(format!("{}/issues?page=2", vendor.url())).json(&json!({ "title": "x" })).send().await
    };

    let first = ask().await?;
    assert_eq!((first.status().as_u16(), &first.headers()["retry-after"]), (429, &"1".parse()?));
    let second = ask().await?;
    assert_eq!(second.status().as_u16(), 201);
    assert_eq!(second.json::<serde_json::Value>().await?, json!({ "number": 7 }));
    assert_eq!(http.get(format!("{}/issues", vendor.url())).send().await?.status().as_u16(), 404);

    let asked = vendor.asked();
    assert_eq!(asked.len(), 3);
    assert_eq!((asked[0].path.as_str(), asked[0].query.as_str()), ("/issues", "page=2"));
    assert_eq!(asked[0].header("content-type"), "application/json");
    assert_eq!(asked[0].json()?, json!({ "title": "x" }));
    Ok(())
}
