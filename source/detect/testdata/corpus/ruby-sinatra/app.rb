require "sinatra"
get("/") { "ruby-sinatra" }
