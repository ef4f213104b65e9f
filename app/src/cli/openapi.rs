//! `vitrine openapi`

use std::io::Write as _;
use std::process::ExitCode;

use vitrine_db::DatabaseSettings;
use vitrine_web::Api;

use crate::settings::Loaded;
use crate::startup::http_settings;
use crate::wiring;

/// Prints the document of the modules that are placed here. No data is touched: the modules are wired over an empty database
/// in a folder that is removed again.
pub async fn run(loaded: Loaded) -> anyhow::Result<ExitCode> {
    let folder = tempfile::TempDir::new()?;
    let mut settings = loaded.settings;
    let url = format!("sqlite://{}", folder.path().join("openapi.db").display());
    settings.use_one_database(DatabaseSettings { url, ..DatabaseSettings::default() });
    let wired = wiring::wire_offline(&settings).await?;
    let api = Api::new(wired.http_modules.clone(), wired.auth_port.clone(), http_settings(&settings));
    let document: serde_json::Value = serde_json::from_slice(api.openapi_json())?;
    let mut stdout = std::io::stdout().lock();
    serde_json::to_writer_pretty(&mut stdout, &document).map_err(std::io::Error::from)?;
    writeln!(stdout)?;
    wired.close().await;
    Ok(ExitCode::SUCCESS)
}
