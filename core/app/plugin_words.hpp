// The words of `millrace plugin` that are for whoever writes one, and `millrace schema`. Each returns the exit code.
//
// No library is opened in this process but by check_plugin_inside(), which is the throw-away child of check_plugin().
#pragma once
#include <string>
#include <vector>

#include "app/commands.hpp"

namespace millrace {

int new_plugin(const std::string& name, const std::string& into, Output output);  // never over what is there
int write_plugin_manifest(const std::string& library, Output output);
int check_plugin(const std::string& library, Output output);
int check_plugin_inside(const std::string& library);
int print_plugin_pages(const std::string& library, Output output);  // a Markdown page for each operator
int print_dag_schema(const std::vector<std::string>& plugin_dirs, Output output);

}  // namespace millrace
