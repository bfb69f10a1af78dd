//! `sagemcp validate`: what the API and the operator would say of manifests, with neither of them.

mod content;

use std::path::PathBuf;

use crate::{apply, connection::Connection, error::Error, manifest, terminal::Terminal};

/// Arguments of `validate`.
#[derive(clap::Args, Clone, Debug)]
#[command(after_help = "\
Checks fields, types and rules as the API does, compiles ConnectorDefinitions, and looks native connectors up in the \
catalog and among the ConnectorDefinitions given. It reaches for nothing: no cluster, no Secret, no server.

Examples:
  sagemcp validate -f examples/quickstart/")]
pub struct Args {
    /// A file, a directory, or - for standard input; may be given several times
    #[arg(short, long = "filename", required = true, value_name = "FILE")]
    pub filenames: Vec<PathBuf>,
}

/// Checks every object.
pub(crate) async fn run(args: &Args, terminal: &mut Terminal<'_>) -> Result<(), Error> {
    let manifests = manifest::read(&args.filenames)?;
    let scratch = tempfile::tempdir().map_err(|source| Error::File {
        action: "create a directory in",
        path: std::env::temp_dir(),
        source,
    })?;
    let connection = scratch_api(scratch.path().join("state")).await?;
    let set = content::Set::of(&manifests);
    let mut failed = 0;
    for manifest in &manifests {
        let label = manifest.kind.label(&manifest.name);
        let faults = match apply::apply(manifest, false, &connection).await {
            Ok(_) => set.faults(manifest),
            Err(Error::Refused(reason)) => vec![reason],
            Err(other) => return Err(other),
        };
        if faults.is_empty() {
            writeln!(terminal.out, "{label} valid")?;
            continue;
        }
        failed += 1;
        for fault in faults {
            writeln!(terminal.err, "{label} not valid ({}): {fault}", manifest.place)?;
        }
    }
    if failed > 0 {
        return Err(Error::Some { failed, total: manifests.len() });
    }
    Ok(())
}

/// An empty API that is thrown away.
async fn scratch_api(state_dir: PathBuf) -> Result<Connection, Error> {
    let namespace = "default".to_owned();
    let options = localapi::Options { manifests: None, state_dir, namespace: namespace.clone() };
    let api = localapi::LocalApi::open(options).await.map_err(crate::up::UpError::from)?;
    Ok(Connection { client: api.client(), namespace, server: "memory".to_owned(), is_local: false })
}
