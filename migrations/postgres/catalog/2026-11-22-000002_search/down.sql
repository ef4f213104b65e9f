DROP TABLE catalog_words, catalog_search;
DROP FUNCTION catalog_searchable;
