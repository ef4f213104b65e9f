DROP TABLE auth_secrets, auth_api_keys, auth_bindings, auth_roles;
