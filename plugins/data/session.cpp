namespace mr::data {}
