// Runs before the first paint, so that a chosen theme does not flash. A file, since the content policy forbids inline scripts.
(function () {
  var choice = null;
  try {
    choice = localStorage.getItem("syntra.theme");
  } catch {
    // Storage may be forbidden; the system's preference holds then.
  }
  if (choice === "light" || choice === "dark") document.documentElement.dataset.theme = choice;
})();
