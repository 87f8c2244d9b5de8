package syntra

// openapi.sum remembers which description the client was made from; a test compares it with the API's.
//
//go:generate sh -c "go run ../../api/cmd/openapi -3.0 > openapi-3.0.json"
//go:generate go run github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen@v2.5.1 -config codegen.yaml openapi-3.0.json
//go:generate rm openapi-3.0.json
//go:generate sh -c "sha256sum < ../../api/openapi.json > openapi.sum"
