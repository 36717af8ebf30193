// Says why nothing happens where modules cannot be loaded: the page was opened from the disk.

if (location.protocol === "file:") {
  document.getElementById("status-line").dataset.kind = "problem";
  document.getElementById("status").textContent =
    "A page opened from the disk may not load its parts. Serve this folder, as tools/play does, and open it by its http address.";
}
