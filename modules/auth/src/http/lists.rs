//! What the module's three lists have in common.

use vitrine_kernel::Failure;
use vitrine_web::QueryParams;

use crate::service::PageRequest;

/// The parameters of a list without filters.
pub(super) fn page_request(params: &QueryParams) -> Result<PageRequest, Failure> {
    let mut query = params.reader();
    let request = PageRequest {
        limit: query.limit(),
        cursor: query.cursor().map(ToOwned::to_owned),
        count: query.count_mode(),
    };
    query.finish()?;
    Ok(request)
}
