//! The words every part of Vitrine shares: ids, errors, time, pages, money, slugs, text, callers.
//!
//! The kernel knows no other crate of ours, no web framework and no database. A type belongs here when
//! at least two modules must agree on it.

pub mod clock;
pub mod currency;
pub mod cursor;
pub mod error;
pub mod event;
pub mod expected;
pub mod id;
pub mod input;
pub mod merge_patch;
pub mod money;
pub mod page;
pub mod principal;
pub mod slug;
pub mod suggest;
pub mod text;

pub use clock::{Clock, ManualClock, SystemClock, Timestamp};
pub use cursor::Cursor;
pub use error::{ErrorCode, Failure, Fault, Result};
pub use event::{ChangeEvent, NewEvent};
pub use expected::Expected;
pub use id::{CategoryId, KeyId, ProductId, VariantId, Version};
pub use input::ObjectReader;
pub use money::{Currency, Money};
pub use page::{CountMode, Limit, Page};
pub use principal::{Permission, Permissions, Principal, PrincipalKind};
pub use slug::Slug;
