//! What each kind of problem means and what to do about it, for the pages under `/problems/`.

use vitrine_kernel::ErrorCode;

/// A few sentences of plain text (it stands in HTML as it is).
pub(crate) const fn meaning(code: ErrorCode) -> &'static str {
    match code {
        ErrorCode::MalformedRequest => {
            "The body or a header can't be read: it is empty, not JSON, not UTF-8, or nested too deep. Correct its form and send it again."
        }
        ErrorCode::InvalidQuery => {
            "A query parameter is unknown, repeated, or has a wrong value. The list of errors names each and says what is expected."
        }
        ErrorCode::InvalidCursor => {
            "A cursor continues just the list it came from. Repeat the same filters and sort with it, or leave it out to begin again."
        }
        ErrorCode::Unauthenticated => {
            "Send the header Authorization with the scheme Bearer and a valid API key. Keys may expire or be revoked."
        }
        ErrorCode::Forbidden => {
            "You are known, but none of your roles has the permission that the detail names. Ask an administrator for a role that has it."
        }
        ErrorCode::NotFound => {
            "Nothing is there, or nothing that you may see: drafts and archived things are hidden without the permission to see them."
        }
        ErrorCode::MethodNotAllowed => "The path exists; the header Allow lists the methods it knows.",
        ErrorCode::NotAcceptable => "The answer can't be given in a form that the Accept headers allow.",
        ErrorCode::Conflict => {
            "Something that must be unique is in use already. The list of errors says what and where. Choose another value, or change the thing that has it."
        }
        ErrorCode::CategoryCycle => "A category can't be moved below itself or one of its descendants.",
        ErrorCode::CategoryNotEmpty => {
            "The category has children or products. Move them first, or delete with policy=reparent or policy=cascade."
        }
        ErrorCode::IdempotencyInFlight => {
            "The first request with this key is not finished. Send the same request again in a moment: you will get its answer."
        }
        ErrorCode::IdempotencyMismatch => {
            "A key stands for one request. It was used with another body or query within 24 hours; use a new key."
        }
        ErrorCode::PreconditionFailed => {
            "Someone changed the resource since you read it. Read it again, apply your change to that, and send its new ETag in If-Match."
        }
        ErrorCode::PreconditionRequired => {
            "Changes need If-Match with the ETag of the version they are meant for, so that nobody's change is lost unseen."
        }
        ErrorCode::PayloadTooLarge => "Send less at once. Imports are streamed and have no limit.",
        ErrorCode::RequestTimeout => {
            "The body took too long to arrive. Check the connection and send it again."
        }
        ErrorCode::UnsupportedMediaType => {
            "The body's Content-Type, charset or Content-Encoding is not one that is read here. The detail says what to send."
        }
        ErrorCode::Validation => {
            "The body was read, but its content breaks rules. The list of errors names all of them, each with a JSON pointer."
        }
        ErrorCode::NotYet => "This version does not do that yet.",
        ErrorCode::RateLimited => "Wait as long as Retry-After says, then go on more slowly.",
        ErrorCode::Unavailable => {
            "A part of the service does not answer. Try again after the time in Retry-After."
        }
        ErrorCode::Overloaded => {
            "There is more work than can be done now. Try again after the time in Retry-After."
        }
        ErrorCode::Timeout => {
            "The work took longer than it may. It may still take effect: use an idempotency key to send it again safely."
        }
        ErrorCode::StorageFull => {
            "The disk that holds the data is full. Reading works; the operator must free space before anything can be written."
        }
        ErrorCode::Internal => {
            "This is our fault. The operator finds the cause in the log under the request id that stands in the answer."
        }
    }
}
