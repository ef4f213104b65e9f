DROP TABLE category_import_held; DROP TABLE category_reassignments; DROP TABLE category_respacings; DROP TABLE category_search; DROP TABLE category_former_slugs; DROP TABLE category_nodes;
