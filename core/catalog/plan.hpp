// One attempt's whole data commit, planned against the catalog as it is: all of it can become visible, or none of it.
//
// Pure; any thread. Both stores ask this one function when they check a commit and again when they write it, so that what was
// found good is not refused a moment later. Semantics: data-plane.md section 2 (commit protocol).
#pragma once
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "catalog/rules.hpp"

namespace millrace {

// What the planning has to know of the catalog.
struct CatalogView {
  std::map<std::string, DatasetView> datasets{};  // each that the commit names; without files where needs_files() says so
  std::map<std::string, std::vector<DataFile>> since{};  // of each that is written by partition: files that came or went since it was read
  std::map<std::pair<std::string, std::string>, Json> positions{};  // (source, key), where one is stored
  std::set<std::string> taken_paths{};            // of the commit's files: those that the catalog has already
  std::set<std::string> garbage{};                // of the commit's files: those that were found to be nobody's, and are being deleted
};

// An append looks at no file of the dataset, and a dataset may have very many.
bool needs_files(const DataCommit& data, const std::string& dataset);

// One change per staged snapshot, in order. A dataset may be named more than once: each part sees the columns that the part before
// left, none ends files that came with the same commit, and all are compared with the snapshot before the commit.
// Errors: those of rules.hpp; E5017: a file is being collected as garbage; E5013: the commit contradicts itself or the catalog (a file or a position named twice).
Result<std::vector<CatalogChange>> plan_data(const DataCommit& data, const CatalogView& now);

}  // namespace millrace
