-- Who is erased, by digest: whatever is loaded, replayed or delivered again later is held against it.
CREATE TABLE IF NOT EXISTS {database}.erasures {on_cluster} (
    digest String COMMENT 'Hash of the pseudonym, which stands nowhere any more' CODEC(ZSTD(1)),
    erased_at DateTime('UTC') DEFAULT now() COMMENT 'When the member was erased'
)
ENGINE = {replicated}ReplacingMergeTree
ORDER BY digest
SETTINGS {dedup_window}
COMMENT 'Members who were erased, for as long as the installation lives. Nobody gets from here to a member without the key of the pseudonyms and the id';
