//! The figures of requests, for people.

use super::{Figure, Server};
use crate::report::{Table, number};

/// Prints a table, with the gateway's share of each baseline.
pub(crate) fn print(figures: &[Figure]) {
    let mut table = Table::new(&[
        "request",
        "callers",
        "server",
        "requests/s",
        "p50 µs",
        "p99 µs",
        "CPU µs",
        "gateway's rate",
        "gateway's CPU",
    ]);
    for figure in figures {
        let gateway = figures.iter().find(|other| {
            other.server == Server::Gateway
                && (other.case, other.connections) == (figure.case, figure.connections)
        });
        let share = |of: fn(&Figure) -> f64| match gateway {
            Some(gateway) if figure.server != Server::Gateway => {
                format!("{:.0} %", 100.0 * of(gateway) / of(figure).max(f64::EPSILON))
            }
            _ => String::new(),
        };
        let first = figure.server == Server::Gateway;
        table.row([
            if first { figure.case.to_owned() } else { String::new() },
            if first { figure.connections.to_string() } else { String::new() },
            figure.server.name().to_owned(),
            number(figure.requests_per_s),
            number(figure.p50_us),
            number(figure.p99_us),
            format!("{:.1}", figure.cpu_us),
            share(|figure| figure.requests_per_s),
            share(|figure| figure.cpu_us),
        ]);
    }
    table
        .print("Requests (medians of three interleaved rounds; the aim is 60 % of the reverse proxy's rate)");
}

impl Server {
    fn name(self) -> &'static str {
        match self {
            Self::Gateway => "gateway",
            Self::ReverseProxy => "bare reverse proxy",
            Self::BareHandler => "bare handler",
        }
    }
}
