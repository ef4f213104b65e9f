DROP TABLE catalog_history, catalog_gone_categories, catalog_former_slugs, catalog_product_attributes, catalog_product_tags,
    catalog_product_categories, catalog_prices, catalog_skus, catalog_products;
