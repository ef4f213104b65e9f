//! One operation of a batch.

use serde_json::Value;
use vitrine_kernel::{ErrorCode, Expected, Failure, Fault, ObjectReader, Permission, ProductId, Version};

use crate::service::ProductWrite;

const KNOWN: &str = "`create`, `update`, `upsert`, `delete` or `restore`";

/// What an operation wants.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Op {
    Create,
    Update,
    Upsert,
    Delete,
    Restore,
}

impl Op {
    const ALL: [Self; 5] = [Self::Create, Self::Update, Self::Upsert, Self::Delete, Self::Restore];

    const fn name(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Upsert => "upsert",
            Self::Delete => "delete",
            Self::Restore => "restore",
        }
    }

    /// The member that has the content.
    const fn content(self) -> Option<&'static str> {
        match self {
            Self::Create | Self::Upsert => Some("product"),
            Self::Update => Some("patch"),
            Self::Delete | Self::Restore => None,
        }
    }
}

/// An operation, read as far as it can be; what is wrong with it is its own answer and no other's.
pub(super) struct Operation {
    op: Option<Op>,
    write: Result<ProductWrite, Vec<Fault>>,
}

/// How an answer speaks of an operation.
#[derive(Clone, Copy)]
pub(super) struct Name {
    /// What it wanted; `None` when it did not say.
    pub(super) op: Option<&'static str>,
    /// The member that faults of its content point into.
    pub(super) content: Option<&'static str>,
}

impl Operation {
    /// Reads an item of `operations`.
    pub(super) fn read(pointer: &str, item: &Value) -> Self {
        let mut faults = Vec::new();
        let mut reader = ObjectReader::new(item, pointer, &mut faults);
        if item.is_object() && reader.value("op").is_none() {
            reader.fault("op", "required", format!("is required: {KNOWN}"));
        }
        let op = reader.parsed("op", KNOWN, |name| Op::ALL.into_iter().find(|op| op.name() == name));
        let Some(op) = op else { return Self { op: None, write: Err(faults) } };
        let content = op.content().and_then(|name| {
            let content = reader.value(name).filter(|content| content.is_object()).cloned();
            if content.is_none() {
                reader.fault(name, "required", "is required, as an object");
            }
            content
        });
        let (mut id, mut expected) = (None, Expected::Any);
        if matches!(op, Op::Update | Op::Delete | Op::Restore) {
            if reader.value("id").is_none() {
                reader.fault("id", "required", "is required: the id of the product");
            }
            id = reader.parsed("id", "the id of a product, a UUID", |text| text.parse::<ProductId>().ok());
        }
        if matches!(op, Op::Update | Op::Delete)
            && let Some(version) = reader.value("version")
        {
            match version.as_i64() {
                Some(version) => expected = Expected::OneOf(vec![Version(version)]),
                None => reader.fault("version", "wrong_type", "must be a whole number"),
            }
        }
        reader.finish(&[]);
        let write = match (op, content, id) {
            (Op::Create, Some(product), _) => Some(ProductWrite::Create(product)),
            (Op::Upsert, Some(product), _) => Some(ProductWrite::Upsert(product)),
            (Op::Update, Some(patch), Some(id)) => Some(ProductWrite::Update { id, expected, patch }),
            (Op::Delete, _, Some(id)) => Some(ProductWrite::Delete { id, expected }),
            (Op::Restore, _, Some(id)) => Some(ProductWrite::Restore { id }),
            _ => None,
        };
        let write = write.filter(|_| faults.is_empty()).ok_or(faults);
        Self { op: Some(op), write }
    }

    /// How the answer speaks of it.
    pub(super) fn name(&self) -> Name {
        // Faults found here point into the body already.
        let content = self.op.filter(|_| self.write.is_ok()).and_then(Op::content);
        Name { op: self.op.map(Op::name), content }
    }

    /// What is to be done, or why it was refused.
    pub(super) fn into_write(self, may_delete: bool) -> ProductWrite {
        match (self.write, self.op) {
            (Ok(_), Some(Op::Delete | Op::Restore)) if !may_delete => {
                let detail = format!("The permission `{}` is missing.", Permission::ProductDelete);
                ProductWrite::Refused(Failure::new(ErrorCode::Forbidden, detail))
            }
            (Ok(write), _) => write,
            (Err(faults), _) => ProductWrite::Refused(Failure::validation(faults)),
        }
    }
}
