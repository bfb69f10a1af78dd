-- The newest revision, and up to which one tombstones have been removed. Always exactly one row.
CREATE TABLE revision (
    single BIGINT PRIMARY KEY CHECK (single = 1),
    value BIGINT NOT NULL,
    forgotten BIGINT NOT NULL
);
INSERT INTO revision (single, value, forgotten) VALUES (1, 0, 0);

-- The writer in force of each installation.
CREATE TABLE writers (
    origin TEXT PRIMARY KEY,
    epoch BIGINT NOT NULL,
    holder TEXT NOT NULL
);

-- Ids, minted once for an object's name and never removed: a re-created object finds its data again.
CREATE TABLE identities (
    kind TEXT NOT NULL,
    origin TEXT NOT NULL,
    namespace TEXT NOT NULL,
    name TEXT NOT NULL,
    id TEXT NOT NULL UNIQUE,
    PRIMARY KEY (kind, origin, namespace, name)
);

CREATE TABLE tenants (
    tenant_id TEXT PRIMARY KEY,
    origin TEXT NOT NULL,
    namespace TEXT NOT NULL,
    name TEXT NOT NULL,
    uid TEXT NOT NULL,
    generation BIGINT NOT NULL,
    inputs_hash TEXT NOT NULL,
    slug TEXT NOT NULL UNIQUE,
    config TEXT NOT NULL,
    retain BIGINT NOT NULL,
    revision BIGINT NOT NULL,
    UNIQUE (origin, namespace, name)
);
CREATE INDEX tenants_by_revision ON tenants (origin, revision);

CREATE TABLE connectors (
    connector_id TEXT PRIMARY KEY,
    tenant_id TEXT NOT NULL REFERENCES tenants (tenant_id),
    origin TEXT NOT NULL,
    namespace TEXT NOT NULL,
    name TEXT NOT NULL,
    uid TEXT NOT NULL,
    generation BIGINT NOT NULL,
    inputs_hash TEXT NOT NULL,
    created_at_ms BIGINT NOT NULL,
    config TEXT NOT NULL,
    sealed TEXT,
    revision BIGINT NOT NULL,
    UNIQUE (origin, namespace, name)
);
CREATE INDEX connectors_by_tenant ON connectors (tenant_id);
CREATE INDEX connectors_by_revision ON connectors (origin, revision);

-- One row a key. An ApiKey object has two while a rotation overlaps.
CREATE TABLE api_keys (
    key_id TEXT PRIMARY KEY,
    tenant_id TEXT REFERENCES tenants (tenant_id),
    origin TEXT NOT NULL,
    namespace TEXT NOT NULL,
    name TEXT NOT NULL,
    uid TEXT NOT NULL,
    generation BIGINT NOT NULL,
    inputs_hash TEXT NOT NULL,
    scope TEXT NOT NULL,
    subject TEXT NOT NULL,
    connectors TEXT NOT NULL,
    read_only BIGINT NOT NULL,
    bcrypt TEXT NOT NULL,
    hmac TEXT NOT NULL,
    expires_at_ms BIGINT,
    revision BIGINT NOT NULL
);
CREATE INDEX api_keys_by_object ON api_keys (origin, namespace, name);
CREATE INDEX api_keys_by_tenant ON api_keys (tenant_id);
CREATE INDEX api_keys_by_revision ON api_keys (origin, revision);

CREATE TABLE connector_definitions (
    name TEXT PRIMARY KEY,
    origin TEXT NOT NULL,
    uid TEXT NOT NULL,
    generation BIGINT NOT NULL,
    inputs_hash TEXT NOT NULL,
    document TEXT NOT NULL,
    revision BIGINT NOT NULL
);
CREATE INDEX connector_definitions_by_revision ON connector_definitions (origin, revision);

-- What went, for readers that still have it. A removal that was given no time gets one from the next purge. A key's id or
-- a definition's name that one installation gave up may be taken by another, so each has tombstones of its own.
CREATE TABLE tombstones (
    origin TEXT NOT NULL,
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    revision BIGINT NOT NULL,
    at_ms BIGINT,
    PRIMARY KEY (origin, kind, id)
);
CREATE INDEX tombstones_by_revision ON tombstones (origin, revision);

-- Tenants whose objects are gone and whose data waits for its end.
CREATE TABLE retained_tenants (
    tenant_id TEXT PRIMARY KEY,
    removed_at_ms BIGINT NOT NULL
);

-- Where every row of configuration comes from.
CREATE VIEW provenance (kind, origin, namespace, name, uid, generation, inputs_hash, revision) AS
SELECT 'tenant', origin, namespace, name, uid, generation, inputs_hash, revision FROM tenants
UNION ALL
SELECT 'connector', origin, namespace, name, uid, generation, inputs_hash, revision FROM connectors
UNION ALL
SELECT 'api_key', origin, namespace, name, uid, generation, inputs_hash, revision FROM api_keys
UNION ALL
SELECT 'definition', origin, '', name, uid, generation, inputs_hash, revision FROM connector_definitions;
