// Runs before all else, and is a file because the content policy forbids inline scripts.
(function () {
  // A chosen theme holds before the first paint, so that nothing flashes.
  try {
    var theme = localStorage.getItem("syntra.theme");
    if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
  } catch {
    // Storage may be forbidden; the system's preference holds then.
  }

  // Browsers cut every connection when a network interface comes or goes, as it does with each container on this
  // machine. A script or style that was lost by that leaves an empty page: load it anew, a few times.
  var TRIES = 3;
  window.addEventListener(
    "error",
    function (event) {
      var element = event.target;
      var lost = element instanceof HTMLScriptElement || (element instanceof HTMLLinkElement && element.rel === "stylesheet");
      if (!lost) return;
      try {
        var tries = Number(sessionStorage.getItem("syntra.reloads") || 0);
        if (tries >= TRIES) return;
        sessionStorage.setItem("syntra.reloads", String(tries + 1));
      } catch {
        return; // without a count it might go on for ever
      }
      setTimeout(function () {
        location.reload();
      }, 300);
    },
    true,
  );
})();
