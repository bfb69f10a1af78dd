//! The one task that owns a process: it reads, writes, watches, and brings it to its end. When this task is aborted the process
//! group dies with it.

use std::io;
use std::pin::pin;
use std::process::ExitStatus;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncWriteExt, BufReader};
use tokio::process::{ChildStdin, ChildStdout};
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_util::task::AbortOnDropHandle;
use tracing::Instrument;

use super::lines::{self, Line};
use super::link::{Link, not_reading};
use super::process::{Process, Streams, describe_exit};
use super::receive::Receiver;
use super::spec::StdioOptions;
use super::stderr::{self, Tail};
use crate::upstream::failure::Failure;
use crate::upstream::mask::Mask;

/// After an exit: how long what is still in the pipes is read. A grandchild may hold them open.
const DRAIN: Duration = Duration::from_millis(250);
/// After the server closed its output: how long its exit status is waited for.
const STATUS: Duration = Duration::from_secs(1);

/// Why the conversation ends.
enum End {
    Exited(io::Result<ExitStatus>),
    /// A pipe closed; most likely the process is about to end.
    Hangup,
    /// The server did what we do not accept.
    Refused(Failure),
    /// The gateway wants it.
    Wanted,
}

/// What the task works with beside the process itself.
pub(super) struct Supervision {
    pub(super) link: Arc<Link>,
    pub(super) queue: mpsc::Receiver<Vec<u8>>,
    pub(super) receiver: Receiver,
    pub(super) tail: Tail,
    pub(super) mask: Mask,
    pub(super) options: StdioOptions,
    /// The command as error messages call it.
    pub(super) name: String,
}

impl Supervision {
    /// Runs until the process and its group are gone.
    pub(super) async fn run(self, process: Process, streams: Streams) {
        let Self { link, queue, receiver, tail, mask, options, name } = self;
        let _ended = link.ended.clone().drop_guard();
        // Declared later, so gone before that is told, also when this task is aborted.
        let mut process = process;
        let stderr = {
            let tail = tail.clone();
            async move { stderr::follow(streams.stderr, &tail, &mask).await }
        };
        let mut stderr = AbortOnDropHandle::new(tokio::spawn(stderr.in_current_span()));
        let mut output = pin!(read(streams.stdout, &receiver, options.max_line_bytes, &name));
        // Boxed, so that dropping it closes the standard input.
        let mut input = Box::pin(write(streams.stdin, queue, options.write_timeout));

        let end = tokio::select! {
            status = process.exited() => End::Exited(status),
            end = &mut output => end,
            end = &mut input => end,
            () = link.stop.cancelled() => End::Wanted,
            () = idle(&link, options.idle_timeout) => End::Wanted,
        };
        let status = match end {
            End::Exited(status) => {
                // What it wrote before it ended still counts: answers, and the reason on stderr.
                let _ = timeout(DRAIN, async { tokio::join!(output, &mut stderr) }).await;
                Some(status)
            }
            End::Hangup => {
                let status = timeout(STATUS, process.exited()).await.ok();
                let _ = timeout(DRAIN, &mut stderr).await;
                status
            }
            End::Refused(failure) => {
                link.close(&failure, false);
                process.kill().await;
                return;
            }
            End::Wanted => {
                link.close(&Failure::new("Stopped", "the hosted server was stopped"), true);
                drop(input);
                // A child that cannot write what it wants to write does not end: its output is read until then.
                let reading = async {
                    output.await;
                    std::future::pending::<()>().await;
                };
                tokio::select! {
                    () = process.end(options.shutdown_grace) => {}
                    () = reading => {}
                }
                return;
            }
        };
        let what = status.as_ref().map_or_else(|| "closed its standard output".to_owned(), describe_exit);
        let message = format!("the hosted server {name} {what}{}", tail.shown());
        tracing::warn!(reason = "Exited", "{message}");
        link.close(&Failure::new("Exited", message), false);
        process.kill().await;
    }
}

async fn read(stdout: ChildStdout, receiver: &Receiver, limit: usize, name: &str) -> End {
    let mut reader = BufReader::with_capacity(64 * 1024, stdout);
    loop {
        match lines::next(&mut reader, limit).await {
            Ok(Line::Full(line)) => receiver.receive(&line),
            Ok(Line::TooLong(_)) => {
                let message =
                    format!("the hosted server {name} sent a line of more than {limit} bytes and was ended");
                return End::Refused(Failure::new("MessageTooLarge", message));
            }
            Ok(Line::End) | Err(_) => return End::Hangup,
        }
    }
}

async fn write(mut stdin: ChildStdin, mut queue: mpsc::Receiver<Vec<u8>>, limit: Duration) -> End {
    while let Some(mut frame) = queue.recv().await {
        frame.push(b'\n');
        match timeout(limit, stdin.write_all(&frame)).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) => return End::Hangup,
            // A frame was written in part; nothing can follow it.
            Err(_) => return End::Refused(not_reading()),
        }
    }
    End::Hangup
}

async fn idle(link: &Link, limit: Duration) {
    let mut wait = limit;
    loop {
        tokio::time::sleep(wait).await;
        match link.close_if_idle(limit) {
            Ok(()) => return,
            Err(next) => wait = next,
        }
    }
}
