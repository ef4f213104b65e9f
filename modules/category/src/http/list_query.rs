//! The query of a list.

use actix_web::{HttpRequest, HttpResponse};
use vitrine_cache::{CachedResponse, Stamp};
use vitrine_category_api::CategoryStatus;
use vitrine_kernel::{CountMode, Failure, Limit, Timestamp};
use vitrine_web::{Problem, QueryParams, QueryReader, respond};

use super::state::CacheKey;
use super::{HttpState, answers};
use crate::domain::Audience;
use crate::domain::listing::{Filter, Listing, Scope, Sort, SortKey};
use crate::domain::search_text::SearchText;

/// What the query of a list says, but for the part of the tree.
#[derive(Debug)]
pub(super) struct ListQuery<'a> {
    search: Option<SearchText>,
    status: Vec<CategoryStatus>,
    updated_since: Option<Timestamp>,
    sort: Sort,
    limit: Limit,
    cursor: Option<&'a str>,
    count: CountMode,
}

impl<'a> ListQuery<'a> {
    /// Filters, sort and page.
    pub(super) fn read(reader: &mut QueryReader<'a>) -> Self {
        let q = reader.one("q");
        let search = q.and_then(SearchText::parse);
        let status = read_status(reader);
        let updated_since = reader.timestamp("updated_since");
        let sort = reader.parsed("sort", Sort::EXPECTED, Sort::parse);
        if q.is_none() && sort.is_some_and(|sort| sort.key == SortKey::Relevance) {
            reader.fault("sort", "invalid_value", "can be `relevance` only with `q`");
        }
        let unsaid = if search.is_some() { Sort::RELEVANCE } else { Sort::POSITION };
        Self { search, status, updated_since, sort: sort.unwrap_or(unsaid), ..Self::read_page(reader) }
    }

    /// The page alone.
    pub(super) fn read_page(reader: &mut QueryReader<'a>) -> Self {
        Self {
            search: None,
            status: Vec::new(),
            updated_since: None,
            sort: Sort::POSITION,
            limit: reader.limit(),
            cursor: reader.cursor(),
            count: reader.count_mode(),
        }
    }

    fn listing(self, audience: Audience, scope: Scope) -> Result<Listing, Failure> {
        let Self { search, status, updated_since, sort, limit, cursor, count } = self;
        let filter = Filter { audience, scope, status, updated_since, search };
        Listing::new(filter, sort, cursor, limit, count)
    }
}

fn read_status(reader: &mut QueryReader<'_>) -> Vec<CategoryStatus> {
    let mut all = Vec::new();
    for name in reader.many("status") {
        match CategoryStatus::parse(name) {
            Some(status) if all.contains(&status) => {}
            Some(status) => all.push(status),
            None => reader.fault("status", "invalid_value", "must be `draft`, `active` or `archived`"),
        }
    }
    all
}

/// What became of a question.
pub(super) enum Asked<'a> {
    /// It was asked before.
    Answered(HttpResponse),
    /// It is still to be answered.
    Open(Question<'a>),
}

/// A question that a list or a tree answers, on its way through the cache.
pub(super) struct Question<'a> {
    request: &'a HttpRequest,
    state: &'a HttpState,
    audience: Audience,
    key: CacheKey,
    stamp: Stamp,
}

impl<'a> Question<'a> {
    /// Answers from the cache if the same was asked before: then it was also found faultless before.
    pub(super) fn ask(
        request: &'a HttpRequest,
        state: &'a HttpState,
        params: &QueryParams,
        audience: Audience,
    ) -> Asked<'a> {
        let key = CacheKey::Question(format!("{}?{}", request.path(), params.canonical(&[])), audience);
        match state.kept(&key) {
            Ok(answer) => Asked::Answered(respond::cached(request, &answer)),
            Err(stamp) => Asked::Open(Self { request, state, audience, key, stamp }),
        }
    }

    /// Answers with a page, and keeps it.
    pub(super) async fn page(self, scope: Scope, query: ListQuery<'_>) -> Result<HttpResponse, Problem> {
        let page = self.state.service.list(query.listing(self.audience, scope)?).await?;
        let answer = answers::page(page, self.audience)?;
        Ok(self.answer(&answer))
    }

    /// Gives an answer, and keeps it.
    pub(super) fn answer(self, answer: &CachedResponse) -> HttpResponse {
        self.state.keep(self.key, self.stamp, answer);
        respond::cached(self.request, answer)
    }
}
