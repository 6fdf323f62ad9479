-- The ballot box. No time, number, address or person stands beside a ballot.
CREATE TABLE IF NOT EXISTS survey (
    key text PRIMARY KEY,
    manifest bytea NOT NULL,
    page bytea NOT NULL,
    opens_at timestamptz NOT NULL,
    closes_at timestamptz NOT NULL,
    is_cancelled boolean NOT NULL DEFAULT false,
    is_destroyed boolean NOT NULL DEFAULT false,
    receipts text[],
    root text,
    destroyed_count integer NOT NULL DEFAULT 0,
    CONSTRAINT survey_closes_after_it_opens CHECK (closes_at > opens_at),
    CONSTRAINT survey_counted_as_a_whole CHECK ((receipts IS NULL) = (root IS NULL))
);
ALTER TABLE survey ADD COLUMN IF NOT EXISTS destroyed_count integer NOT NULL DEFAULT 0;
CREATE TABLE IF NOT EXISTS ballot (
    survey text NOT NULL REFERENCES survey ON DELETE CASCADE,
    receipt text NOT NULL,
    cell text NOT NULL,
    prefix bytea NOT NULL,
    sig bytea NOT NULL,
    sealed bytea NOT NULL,
    PRIMARY KEY (survey, receipt),
    CONSTRAINT ballot_receipt_form CHECK (receipt ~ '^[0-9a-f]{20}$'),
    CONSTRAINT ballot_sizes CHECK (
        length(prefix) = 32 AND length(sig) = 256 AND length(sealed) = 8240
    )
);
-- Sealed sheets do not compress; trying costs time and tells nothing.
ALTER TABLE ballot ALTER COLUMN sealed SET STORAGE EXTERNAL;
