// JSON Schemas of the configs of etl.*, made from the table of transforms. Pure; any thread.
#pragma once
#include "etl/transform.hpp"

namespace mr::etl {

json task_schema(const Transform& transform);  // with where it reads and writes
json flow_schema();
json route_schema();
json relationalize_schema();

}  // namespace mr::etl
