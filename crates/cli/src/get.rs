//! `sagemcp get`: lists objects in the API's own tables, or prints them whole.

mod print;
mod request;
pub(crate) use request::path;
mod watch;

use clap::ValueEnum;

use crate::{
    connection::{Connection, ConnectionArgs},
    error::Error,
    selection,
    table::Style,
    terminal::Terminal,
};

/// Arguments of `get`.
#[derive(clap::Args, Clone, Debug)]
#[command(after_help = "\
KIND is tenants (tn), connectors (conn), apikeys (ak), connectordefinitions (conndef), secrets or events (ev); several are \
separated by commas, and sagemcp or all stands for all of ours.

Examples:
  sagemcp get sagemcp
  sagemcp get connectors github -o yaml
  sagemcp get tn/acme conn/github -w")]
pub struct Args {
    /// KIND, KIND NAME..., or KIND/NAME...
    #[arg(required = true, value_name = "KIND [NAME]")]
    pub objects: Vec<String>,
    /// How to print
    #[arg(short, long, value_enum, default_value_t)]
    pub output: Output,
    /// Stay, and print what changes
    #[arg(short, long)]
    pub watch: bool,
    /// Only objects with these labels, as in `team=a,tier!=test`
    #[arg(short = 'l', long, value_name = "LABELS")]
    pub selector: Option<String>,
    /// In all namespaces
    #[arg(short = 'A', long, conflicts_with = "namespace")]
    pub all_namespaces: bool,
    /// Without the line of headings
    #[arg(long)]
    pub no_headers: bool,
    /// With metadata.managedFields, for json and yaml
    #[arg(long)]
    pub show_managed_fields: bool,
    #[command(flatten)]
    pub(crate) connection: ConnectionArgs,
}

/// How objects are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Output {
    /// Columns
    #[default]
    Table,
    /// More columns
    Wide,
    /// The objects as YAML
    Yaml,
    /// The objects as JSON
    Json,
    /// Only KIND/NAME
    Name,
}

/// Lists or prints.
pub(crate) async fn run(
    args: &Args,
    connection: &Connection,
    terminal: &mut Terminal<'_>,
) -> Result<(), Error> {
    let selections = selection::parse(&args.objects)?;
    let by_name = selections.iter().any(|it| !it.names.is_empty());
    if by_name && (args.selector.is_some() || args.all_namespaces) {
        let flag = if args.selector.is_some() { "--selector" } else { "--all-namespaces" };
        return Err(Error::Usage(format!("{flag} selects objects, so leave their names out")));
    }
    let requests = request::plan(&selections, args, &connection.namespace);
    if args.watch {
        return watch::run(&requests, args, connection, terminal).await;
    }
    if matches!(args.output, Output::Yaml | Output::Json | Output::Name) {
        let mut objects = Vec::new();
        for request in &requests {
            objects.extend(request.objects(connection).await?);
        }
        return print::objects(&objects, by_name, args, terminal);
    }
    print_tables(&requests, args, connection, terminal).await
}

async fn print_tables(
    requests: &[request::Request],
    args: &Args,
    connection: &Connection,
    terminal: &mut Terminal<'_>,
) -> Result<(), Error> {
    let tables = request::tables(requests, connection).await?;
    let mut is_first = true;
    for (kind, table) in tables.iter().filter(|(_, table)| !table.rows.is_empty()) {
        if !std::mem::take(&mut is_first) && !args.no_headers {
            writeln!(terminal.out)?;
        }
        let prefix = if tables.len() > 1 { format!("{}/", kind.qualified()) } else { String::new() };
        let style = Style { prefix: &prefix, ..style(args) };
        write!(terminal.out, "{}", table.print(style))?;
    }
    if is_first {
        match args.all_namespaces {
            true => writeln!(terminal.err, "No resources found")?,
            false => writeln!(terminal.err, "No resources found in {} namespace.", connection.namespace)?,
        }
    }
    Ok(())
}

fn style(args: &Args) -> Style<'static> {
    Style {
        wide: args.output == Output::Wide,
        namespaces: args.all_namespaces,
        prefix: "",
        headings: !args.no_headers,
    }
}
