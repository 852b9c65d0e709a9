// ingest.files, ingest.sql and ingest.http: what arrives becomes rows of a raw dataset, once.
#include "ingest/files.hpp"
#include "ingest/http.hpp"
#include "ingest/sql.hpp"
#include "sdk/millrace_plugin.hpp"

using namespace mr::ingest;

MR_PLUGIN("ingest", "1.0.0", "Apache-2.0", Files, Http, Sql)
