DROP TABLE category_import_held, category_reassignments, category_respacings, category_search, category_former_slugs, category_nodes;
