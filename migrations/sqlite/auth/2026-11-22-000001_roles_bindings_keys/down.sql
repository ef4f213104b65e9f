DROP TABLE auth_secrets; DROP TABLE auth_api_keys; DROP TABLE auth_bindings; DROP TABLE auth_roles;
