-- Full text. Everything is made of words that the kernel's analyzer folded, as on SQLite, so both databases find the same: no
-- dictionary, no stemmer and no unaccent of PostgreSQL's. See docs/adr/0011-full-text-on-postgresql.md.

-- What a search is matched with, at a price: comparing all rows is never what a search should do, but the planner takes the operator
-- for one that costs nothing. The setting keeps the function from being inlined.
CREATE FUNCTION catalog_searchable(document TSVECTOR) RETURNS TSVECTOR
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 100 SET search_path = pg_catalog
    AS 'SELECT document';

CREATE TABLE catalog_search (
    product_seq BIGINT PRIMARY KEY REFERENCES catalog_products (seq),
    -- As in the product: a search without filters ranks its matches without reading the products.
    status      TEXT COLLATE "C" NOT NULL,
    name_key    TEXT COLLATE "C" NOT NULL,
    -- What ranks, read for every match, so it is small and in line: the words of the name (A), the SKUs (B), the brand (C), the tags (D)
    -- and, marked, the attributes.
    fields      TSVECTOR NOT NULL,
    -- What is matched, by the index: all words, and once more, marked, those that products are called by.
    document    TSVECTOR NOT NULL
) WITH (toast_tuple_target = 256);
ALTER TABLE catalog_search ALTER COLUMN fields SET STORAGE MAIN, ALTER COLUMN document SET STORAGE EXTERNAL;
-- New entries wait in a list that every search reads through: it is kept short.
CREATE INDEX catalog_search_document ON catalog_search USING gin (catalog_searchable(document))
    WITH (fastupdate = on, gin_pending_list_limit = 512);

-- The vocabulary, for corrections and completions. Rows are only ever added, and nothing is unique, so no writer waits for another. A
-- word has a row of level 0, and with more products rows of higher levels: about 2^(n + 1) products for level n. It may have one twice, and
-- it keeps them when its last product goes: whoever offers a word asks first whether there is a product to show.
CREATE TABLE catalog_words (
    word  TEXT COLLATE "C" NOT NULL,
    level SMALLINT NOT NULL
);
CREATE INDEX catalog_words_word ON catalog_words (word, level);
CREATE INDEX catalog_words_level ON catalog_words (level, word);
-- A mistyped word has its beginning, its end or its middle right.
CREATE INDEX catalog_words_beginning ON catalog_words (length(word), word) WHERE level = 0;
CREATE INDEX catalog_words_end ON catalog_words (length(word), reverse(word)) WHERE level = 0;
CREATE INDEX catalog_words_second ON catalog_words (length(word), substr(word, 2, 2)) WHERE level = 0;
CREATE INDEX catalog_words_middle ON catalog_words (length(word), substr(word, 4, 2)) WHERE level = 0;
