//! Writes the CRDs as YAML: to a folder, or all of them to standard output.
//!
//! `crdgen` prints them; `crdgen DIR` writes one file each; `crdgen --check DIR` fails if a file is not what it would
//! write.

use std::{error::Error, fs, path::Path, process::ExitCode};

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => print()?,
        ["--check", dir] => return check(Path::new(dir)),
        [dir] if !dir.starts_with('-') => write(Path::new(dir))?,
        _ => {
            eprintln!("usage: crdgen [[--check] DIR]");
            return Ok(ExitCode::from(64));
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn print() -> Result<(), Box<dyn Error>> {
    for crd in crds::all() {
        print!("---\n{}", crds::to_yaml(&crd)?);
    }
    Ok(())
}

fn write(dir: &Path) -> Result<(), Box<dyn Error>> {
    fs::create_dir_all(dir)?;
    for crd in crds::all() {
        fs::write(dir.join(crds::file_name(&crd)), crds::to_yaml(&crd)?)?;
    }
    Ok(())
}

fn check(dir: &Path) -> Result<ExitCode, Box<dyn Error>> {
    let mut stale = Vec::new();
    for crd in crds::all() {
        let path = dir.join(crds::file_name(&crd));
        if fs::read_to_string(&path).unwrap_or_default() != crds::to_yaml(&crd)? {
            stale.push(path.display().to_string());
        }
    }
    if stale.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    eprintln!("stale: {}; run `make generate` and commit the result", stale.join(", "));
    Ok(ExitCode::FAILURE)
}
