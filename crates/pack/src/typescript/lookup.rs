//! Where the types of a file's names are declared.

use std::collections::BTreeMap;

use super::declared::{Declared, Origin, Types};

/// Most files whose types are looked at.
const FILES_MAX: usize = 50;
/// How many files that export what others declare are followed.
const DEPTH_MAX: usize = 24;
/// Most exports that are looked at, each time that they are.
const STEPS_MAX: usize = 20_000;

/// The files of a task, by their paths.
pub(crate) trait Sources {
    /// The path of what a file calls by a name.
    fn path(&self, from: &str, specifier: &str) -> Option<String>;
    /// What a file says of types.
    fn types(&self, path: &str) -> Option<Types>;
}

pub(super) struct Lookup<'s> {
    sources: &'s dyn Sources,
    files: Vec<(String, Types)>,
    /// The files that others call by a name.
    links: BTreeMap<(usize, String), Option<usize>>,
    steps: usize,
}

impl<'s> Lookup<'s> {
    /// The first file has number 0.
    pub(super) fn new(file: &str, types: Types, sources: &'s dyn Sources) -> Self {
        Self {
            sources,
            files: vec![(file.to_owned(), types)],
            links: BTreeMap::new(),
            steps: 0,
        }
    }

    /// What a name means in a file: the file that declares it, and how.
    pub(super) fn find(&mut self, file: usize, name: &str) -> Option<(usize, Declared)> {
        self.find_from(file, name, 0)
    }

    fn find_from(&mut self, file: usize, name: &str, depth: usize) -> Option<(usize, Declared)> {
        let (_, types) = self.files.get(file)?;
        if let Some(declared) = types.declared.get(name) {
            return Some((file, declared.clone()));
        }
        let (first, rest) = match name.split_once('.') {
            Some((first, rest)) => (first, Some(rest.to_owned())),
            None => (name, None),
        };
        let Origin::File(specifier, imported) = types.imports.get(first)?.clone() else {
            return None;
        };
        let wanted = match (imported, rest) {
            (Some(imported), None) => imported,
            (None, Some(rest)) => rest,
            _ => return None,
        };
        let from = self.file(file, &specifier)?;
        self.find_export(from, &wanted, depth + 1)
    }

    /// What a file exports under a name.
    fn find_export(&mut self, file: usize, name: &str, depth: usize) -> Option<(usize, Declared)> {
        self.steps += 1;
        if depth > DEPTH_MAX || self.steps > STEPS_MAX {
            return None;
        }
        let (_, types) = self.files.get(file)?;
        match types.exports.get(name).cloned() {
            Some(Origin::Here(local)) => self.find_from(file, &local, depth),
            Some(Origin::File(specifier, name)) => {
                let from = self.file(file, &specifier)?;
                self.find_export(from, &name?, depth + 1)
            }
            None => types.stars.clone().into_iter().find_map(|specifier| {
                let from = self.file(file, &specifier)?;
                self.find_export(from, name, depth + 1)
            }),
        }
    }

    /// The number of the file that another calls by a name.
    fn file(&mut self, from: usize, specifier: &str) -> Option<usize> {
        let link = (from, specifier.to_owned());
        if let Some(known) = self.links.get(&link) {
            return *known;
        }
        let found = self.open(from, specifier);
        self.links.insert(link, found);
        found
    }

    fn open(&mut self, from: usize, specifier: &str) -> Option<usize> {
        let path = self.sources.path(&self.files.get(from)?.0, specifier)?;
        let known = self.files.iter().position(|(known, _)| *known == path);
        if known.is_some() || self.files.len() >= FILES_MAX {
            return known;
        }
        let types = self.sources.types(&path)?;
        self.files.push((path, types));
        Some(self.files.len() - 1)
    }
}
