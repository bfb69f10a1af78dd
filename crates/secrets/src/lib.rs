//! Everything secret: the key ring, sealing at rest, API keys, and tokens that only we can read.
//!
//! No type here shows a secret through `Debug`, and a test formats every one of them.

pub mod api_key;
pub mod connector;
mod passphrase;
pub mod ring;
pub mod seal;
pub mod session;
pub mod token;

pub use connector::ConnectorSecrets;
pub use ring::{KeyRing, RingError};
pub use seal::{Context, OpenError, TenantCipher};
pub use session::SessionClaims;
pub use token::{Purpose, TokenError};

#[cfg(test)]
mod redaction_tests;
