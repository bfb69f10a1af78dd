-- Each tenant's data key, wrapped by the key ring. Without it nothing sealed for the tenant can be opened.
CREATE TABLE tenant_keys (
    tenant_id TEXT PRIMARY KEY,
    wrapped TEXT NOT NULL
);

-- What a gateway last found when it asked a connector for its tools.
CREATE TABLE observations (
    connector_id TEXT PRIMARY KEY,
    tenant_id TEXT NOT NULL,
    revision BIGINT NOT NULL,
    outcome TEXT NOT NULL,
    at_ms BIGINT NOT NULL
);
CREATE INDEX observations_by_tenant ON observations (tenant_id);
CREATE INDEX observations_by_time ON observations (at_ms);

CREATE TABLE replicas (
    replica TEXT PRIMARY KEY,
    origin TEXT NOT NULL,
    revision BIGINT NOT NULL,
    ready BIGINT NOT NULL,
    at_ms BIGINT NOT NULL
);
