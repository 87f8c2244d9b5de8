var app = WebApplication.Create(args);
app.MapGet("/", () => "dotnet-web");
app.Run();
