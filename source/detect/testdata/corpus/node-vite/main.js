document.body.textContent = "node-vite"
