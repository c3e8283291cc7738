//! Published tasks, and publishing them.

use tasker_domain::{Origin, RunId, TaskFunction};
use tasker_store::{Page, Publication, Publish, Publishing, Result, TaskRef, TaskSettings, Tasks};

use super::Model;
use super::schedules::{declared, fields};
use super::state::{State, page};

impl State {
    fn current(&self, name: &str) -> Option<&TaskFunction> {
        let mut versions = self.tasks.values();
        versions.find_map(|(task, current)| (*current && task.name == name).then_some(task))
    }

    fn publish(&mut self, task: &TaskFunction) -> Publish {
        let answer = match self.current(&task.name) {
            Some(current) if current.version == task.version => return Publish::Unchanged,
            Some(_) => Publish::Updated,
            None => Publish::Created,
        };
        self.withdraw(&task.name);
        let key = (task.name.clone(), task.version.clone());
        self.tasks.entry(key).or_insert((task.clone(), true)).1 = true;
        self.note_version(&task.name, Some(task.version.clone()), task.created_at);
        answer
    }

    fn note_version(&mut self, name: &str, version: Option<String>, now: i64) {
        let notes = self.publications.keys().filter(|(task, _)| task == name);
        let last = notes.map(|(_, at)| *at).max().unwrap_or(now);
        self.publications
            .insert((name.to_owned(), now.max(last)), version);
    }

    fn task_of_run(&self, name: &str, run: RunId) -> Option<&TaskFunction> {
        let moment = self
            .versions_at
            .get(&run)
            .filter(|_| self.runs.contains_key(&run))?;
        let at = |moment: i64| (name.to_owned(), moment);
        let mut until = self.publications.range(at(i64::MIN)..=at(*moment));
        let mut after = self.publications.range(at(moment + 1)..=at(i64::MAX));
        let met = until
            .next_back()
            .and_then(|(_, version)| version.as_ref())
            .or_else(|| after.find_map(|(_, version)| version.as_ref()))?;
        Some(&self.tasks[&(name.to_owned(), met.clone())].0)
    }

    fn withdraw(&mut self, name: &str) -> bool {
        let had_one = self.current(name).is_some();
        for (task, current) in self.tasks.values_mut() {
            *current &= task.name != name;
        }
        had_one
    }

    fn tasks(&self, after: Option<&str>, limit: u32) -> Page<TaskFunction> {
        let current = self.tasks.values().filter(|(_, current)| *current);
        let tasks = current.map(|(task, _)| TaskFunction {
            code: String::new(),
            modules: String::new(),
            ..task.clone()
        });
        let tasks = tasks.filter(|task| after.is_none_or(|after| task.name.as_str() > after));
        page(tasks, limit)
    }

    fn delete_task(&mut self, name: &str, now: i64) -> bool {
        self.schedules
            .retain(|_, schedule| schedule.origin == Origin::Api || schedule.task != name);
        let had_one = self.withdraw(name);
        if had_one {
            self.note_version(name, None, now);
        }
        had_one
    }

    fn publish_with(&mut self, publication: &Publication<'_>, now: i64) -> Publish {
        let before: Vec<_> = self.schedules.values().map(declared).collect();
        let published = self.publish(publication.task);
        let name = &publication.task.name;
        let version = (name.clone(), publication.task.version.clone());
        let had = self.settings.insert(version, publication.settings.clone());
        let new_settings = had.unwrap_or_default() != *publication.settings;
        let declares = |name: &str| {
            let mut schedules = publication.schedules.iter();
            schedules.any(|schedule| schedule.name == name)
        };
        self.schedules.retain(|_, schedule| {
            schedule.origin == Origin::Api || schedule.task != *name || declares(&schedule.name)
        });
        for schedule in publication.schedules {
            let is_there = self.schedules.get(&schedule.name).is_some_and(|before| {
                let mut wanted = schedule.clone();
                wanted.paused = None;
                declared(before) == (before.name.clone(), fields(&wanted))
            });
            if !is_there {
                self.set(Origin::Code, schedule, now);
            }
        }
        let after: Vec<_> = self.schedules.values().map(declared).collect();
        match published {
            Publish::Unchanged if new_settings || before != after => Publish::Updated,
            other => other,
        }
    }
}

impl Tasks for Model {
    fn task(&self, name: &str) -> Result<Option<TaskFunction>> {
        self.read(|state| state.current(name).cloned())
    }
    fn tasks(&self, after: Option<&str>, limit: u32) -> Result<Page<TaskFunction>> {
        self.read(|state| state.tasks(after, limit))
    }
    fn task_of_run(&self, name: &str, run: RunId) -> Result<Option<TaskFunction>> {
        self.read(|state| state.task_of_run(name, run).cloned())
    }
    fn task_settings(&self, task: &TaskRef) -> Result<TaskSettings> {
        self.read(|state| {
            let version = (task.name.clone(), task.version.clone());
            state.settings.get(&version).cloned().unwrap_or_default()
        })
    }
}

impl Publishing for Model {
    fn publish(&self, task: &TaskFunction) -> Result<Publish> {
        self.write(|state| Ok(state.publish(task)))
    }
    fn publish_granted(&self, _: &TaskFunction, _: Option<&[String]>) -> Result<Publish> {
        unreachable!("the random operations publish tasks with all that their code declares")
    }
    fn publish_with(&self, publication: &Publication<'_>, now: i64) -> Result<Publish> {
        self.write(|state| Ok(state.publish_with(publication, now)))
    }
    fn delete_task(&self, name: &str, now: i64) -> Result<bool> {
        self.write(|state| Ok(state.delete_task(name, now)))
    }
}
