# .NET, ASP.NET Core, found by Hello.csproj.
FROM mcr.microsoft.com/dotnet/sdk:8.0 AS build
WORKDIR /app
COPY . .
RUN --mount=type=cache,target=/root/.nuget dotnet publish Hello.csproj -c Release -o out

FROM mcr.microsoft.com/dotnet/aspnet:8.0
WORKDIR /app
COPY --from=build --chown=1000:1000 /app/out ./out
ENV HOST=0.0.0.0 PORT=8080 HOME=/tmp
USER 1000:1000
EXPOSE 8080
CMD ["/bin/sh","-c","ASPNETCORE_URLS=\"http://${HOST:-0.0.0.0}:$PORT\" exec dotnet out/Hello.dll"]
