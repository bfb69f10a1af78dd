//! Which endpoint a request means, who asks, and whether that is allowed: settled once, and asked again when something
//! may have been revoked.

use std::{net::IpAddr, sync::Arc};

use domain::{ids::TenantId, permission::Action, principal::Principal};

use crate::{
    app::App,
    auth::AuthError,
    snapshot::{Connector, Key, Snapshot, Tenant},
};

/// An endpoint as a URL names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndpointName {
    /// The tenant's slug.
    pub tenant: String,
    /// The connector's name; `None` for the aggregate of all.
    pub connector: Option<String>,
}

/// What an endpoint leads to.
#[derive(Clone, Debug)]
pub enum Target {
    /// One connector.
    One(Arc<Connector>),
    /// All that the caller may use.
    All,
}

/// Who asks.
#[derive(Clone, Debug)]
pub enum Caller {
    /// The holder of a key.
    Key(Arc<Key>),
    /// Anybody on this machine: authentication is off.
    Local(Principal),
}

impl Caller {
    /// The caller when authentication is off.
    #[must_use]
    pub fn local() -> Self {
        Self::Local(Principal { issuer: "local".to_owned(), subject: "local".to_owned() })
    }

    /// Whom sessions bind to.
    #[must_use]
    pub fn principal(&self) -> &Principal {
        match self {
            Self::Key(key) => &key.principal,
            Self::Local(principal) => principal,
        }
    }

    /// Whether only tools that change nothing may be called.
    #[must_use]
    pub fn read_only(&self) -> bool {
        matches!(self, Self::Key(key) if key.read_only)
    }

    fn may_use(&self, connector: &str) -> bool {
        match self {
            Self::Key(key) => key.may_use(connector),
            Self::Local(_) => true,
        }
    }

    fn is_granted(&self, tenant: &TenantId) -> bool {
        match self {
            Self::Key(key) => key.grant().is_some_and(|grant| grant.allows(Action::UseMcp, Some(tenant))),
            Self::Local(_) => true,
        }
    }
}

/// A request that was let in.
#[derive(Clone)]
pub struct Access {
    /// The tenant.
    pub tenant: Arc<Tenant>,
    /// What it leads to.
    pub target: Target,
    /// Who asks.
    pub caller: Caller,
}

/// Why a request is not let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// Not authenticated.
    #[error(transparent)]
    Unauthenticated(#[from] AuthError),
    /// The key is not one of this tenant's, or there is no such tenant: the two look the same.
    #[error("this key gives no access to this tenant")]
    Foreign,
    /// The key's tenant is suspended.
    #[error("the tenant is suspended")]
    Suspended,
    /// The connector does not exist, is disabled, or is not for this key: the three look the same.
    #[error("there is no such connector for this key")]
    NoConnector,
    /// The configuration is too old to be trusted, or not loaded yet.
    #[error("the gateway's configuration is not current, try again")]
    Stale,
}

/// Lets a request in.
///
/// # Errors
/// [`Denied`].
pub async fn admit(
    app: &App,
    name: &EndpointName,
    token: Option<&str>,
    address: IpAddr,
) -> Result<Access, Denied> {
    let now_ms = app.clock.now_ms();
    app.check_fresh(now_ms)?;
    let snapshot = app.live.load();
    let caller = if app.settings.authenticate {
        Caller::Key(app.auth.authenticate(&snapshot, token, address, now_ms).await?)
    } else {
        Caller::local()
    };
    let tenant = snapshot
        .tenant(&name.tenant)
        .filter(|tenant| caller.is_granted(&tenant.id))
        .ok_or(Denied::Foreign)?;
    if tenant.config.suspended {
        return Err(Denied::Suspended);
    }
    let target = match &name.connector {
        None => Target::All,
        Some(connector) => Target::One(
            tenant
                .connector(connector)
                .filter(|found| caller.may_use(&found.name))
                .ok_or(Denied::NoConnector)?
                .clone(),
        ),
    };
    Ok(Access { tenant: tenant.clone(), target, caller })
}

impl Access {
    /// The name that sessions bind the endpoint by.
    #[must_use]
    pub fn endpoint_id(&self) -> &str {
        match &self.target {
            Target::One(connector) => connector.id.as_str(),
            Target::All => "*",
        }
    }

    /// Whether the caller may use a connector of the tenant.
    #[must_use]
    pub fn may_use(&self, connector: &Connector) -> bool {
        self.caller.may_use(&connector.name)
    }

    /// Whether the request would still be let in.
    #[must_use]
    pub fn is_valid(&self, snapshot: &Snapshot, now_ms: i64) -> bool {
        let key = match &self.caller {
            Caller::Local(_) => true,
            Caller::Key(key) => snapshot.key(key.id.as_str()).is_some_and(|row| {
                row.material == key.material
                    && row.principal == key.principal
                    && row.tenant == key.tenant
                    && row.scope == key.scope
                    && !row.is_expired(now_ms)
                    && row.connectors == key.connectors
                    && row.read_only == key.read_only
            }),
        };
        let tenant = snapshot.tenant_by_id(&self.tenant.id).filter(|tenant| !tenant.config.suspended);
        let target = match &self.target {
            Target::All => tenant.is_some(),
            Target::One(connector) => {
                tenant.is_some_and(|tenant| tenant.enabled().any(|found| found.id == connector.id))
            }
        };
        key && target && self.caller.is_granted(&self.tenant.id)
    }

    /// When the caller's key expires, in ms since the epoch.
    #[must_use]
    pub fn expires_at_ms(&self) -> Option<i64> {
        match &self.caller {
            Caller::Key(key) => key.expires_at_ms,
            Caller::Local(_) => None,
        }
    }
}

/// Waits until a request that was let in would not be let in any more.
pub async fn revoked(app: &App, access: &Access) {
    let mut revisions = app.live.revisions();
    loop {
        revisions.mark_unchanged();
        let now_ms = app.clock.now_ms();
        if !access.is_valid(&app.live.peek(), now_ms) {
            return;
        }
        let expiry = async {
            match access.expires_at_ms().map(|end| u64::try_from(end - now_ms).unwrap_or(0)) {
                Some(left) => tokio::time::sleep(std::time::Duration::from_millis(left)).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            changed = revisions.changed() => if changed.is_err() { return },
            () = expiry => {}
        }
    }
}
