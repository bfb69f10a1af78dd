//! The API server's certificate with its authority, and the key that signs service account tokens; by the openssl
//! program, so that no certificate library enters the graph for tests alone.

use std::{fs, path::Path};

use tokio::process::Command;

const CONFIG: &str = "\
[req]
distinguished_name = name
[name]
[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign
[server]
basicConstraints = CA:FALSE
extendedKeyUsage = serverAuth
subjectAltName = DNS:localhost, DNS:kubernetes.default.svc, IP:127.0.0.1, IP:10.96.0.1
";

const NEW_EC_KEY: [&str; 5] = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];

/// Writes `ca.crt`, `apiserver.{crt,key}` and `sa.{key,pub}`.
pub(super) async fn write(folder: &Path) -> anyhow::Result<()> {
    fs::write(folder.join("openssl.cnf"), CONFIG)?;
    let request = ["req", "-x509", "-config", "openssl.cnf", "-days", "30"];
    let authority =
        ["-subj", "/CN=test authority", "-extensions", "authority", "-keyout", "ca.key", "-out", "ca.crt"];
    openssl(folder, &[&request[..], &NEW_EC_KEY, &authority].concat()).await?;
    let server =
        ["-subj", "/CN=kube-apiserver", "-extensions", "server", "-CA", "ca.crt", "-CAkey", "ca.key"];
    let files = ["-keyout", "apiserver.key", "-out", "apiserver.crt"];
    openssl(folder, &[&request[..], &NEW_EC_KEY, &server, &files].concat()).await?;
    openssl(folder, &["genrsa", "-out", "sa.key", "2048"]).await?;
    openssl(folder, &["rsa", "-in", "sa.key", "-pubout", "-out", "sa.pub"]).await
}

async fn openssl(folder: &Path, args: &[&str]) -> anyhow::Result<()> {
    crate::process::run(Command::new("openssl").args(args).current_dir(folder)).await?;
    Ok(())
}
