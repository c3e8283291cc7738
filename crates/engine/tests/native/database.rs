//! The database, and what others do meanwhile.

use std::cell::RefCell;
use std::rc::Rc;

use tasker_store::sqlite::{Connection, Row, Value};

/// The one connection to a database in memory.
pub(crate) struct Direct {
    pub(crate) database: Rc<rusqlite::Connection>,
    pub(crate) meanwhile: Rc<Meanwhile>,
}

impl Connection for Direct {
    fn execute(&self, sql: &str, params: Vec<Value>) -> tasker_store::Result<Vec<Row>> {
        self.meanwhile.happens_before(sql);
        Connection::execute(&*self.database, sql, params)
    }
}

/// What somebody else does just before a statement that has these words is made.
#[derive(Default)]
pub(crate) struct Meanwhile(RefCell<Option<Planned>>);

struct Planned {
    words: &'static str,
    act: Box<dyn FnOnce()>,
}

impl Meanwhile {
    pub(crate) fn plan(&self, words: &'static str, act: impl FnOnce() + 'static) {
        let act = Box::new(act);
        *self.0.borrow_mut() = Some(Planned { words, act });
    }

    pub(crate) fn has_happened(&self) -> bool {
        self.0.borrow().is_none()
    }

    fn happens_before(&self, sql: &str) {
        let planned = (self.0.borrow_mut()).take_if(|planned| sql.contains(planned.words));
        if let Some(planned) = planned {
            (planned.act)();
        }
    }
}
