// SPDX-License-Identifier: Apache-2.0
// What the pages can do besides; all of them work without it.
(function () {
  'use strict';

  // A field with data-filter hides the rows of that table as one types; "Show" asks the server, which knows all rows.
  document.querySelectorAll('[data-filter]').forEach(function (field) {
    var table = document.getElementById(field.dataset.filter);
    if (!table) return;
    field.addEventListener('input', function () {
      var part = field.value.toLowerCase();
      Array.prototype.forEach.call(table.tBodies[0].rows, function (row) {
        row.hidden = part !== '' && row.textContent.toLowerCase().indexOf(part) < 0;
      });
    });
  });

  // What is being done now, above the page; and whether the page is older than the record.
  var live = document.getElementById('live'), loaded = 0, shown = '';
  function say(parts) {
    var key = JSON.stringify(parts);
    if (key === shown) return;
    shown = key;
    live.textContent = '';
    live.hidden = !parts.length;
    parts.forEach(function (part) {
      var node;
      if (part.total) {
        node = document.createElement('progress');
        node.max = part.total;
        node.value = part.done;
        node.setAttribute('aria-label', 'steps done');
      } else if (part.href) {
        node = document.createElement('a');
        node.href = part.href;
        node.textContent = part.text;
      } else {
        node = document.createTextNode(part.text);
      }
      live.appendChild(node);
      live.appendChild(document.createTextNode(' '));
    });
  }
  function show(event) {
    var news = JSON.parse(event.data), run = news.progress.run, stage = news.progress.stage, parts = [];
    loaded = loaded || news.changed;
    if (run && run.result === 'running') {
      var steps = run.steps, done = steps.done + steps.failed + steps['rolled-back'] + steps.skipped + steps.refused;
      parts.push({ text: run.command, href: live.dataset.root + '/run/' + run.id });
      parts.push({ text: 'is running: ' + done + ' of ' + Math.max(run.planned, done + steps.started) + ' steps' });
      parts.push({ total: Math.max(run.planned, done + steps.started, 1), done: done });
      if (run.current) parts.push({ text: run.current + ' ' + run.subject });
    } else if (stage) {
      parts.push({ text: stage.what + ': ' + stage.done + ' of ' + stage.total + ' ' + stage.unit });
      parts.push({ total: stage.total, done: stage.done });
      if (stage.subject) parts.push({ text: stage.subject });
    }
    if (!parts.length && news.changed !== loaded) {
      parts.push({ text: 'The record has changed since.' });
      parts.push({ text: 'Show what is new', href: location.href });
    }
    say(parts);
  }
  if (live && window.EventSource) new EventSource(live.dataset.root + '/events').onmessage = show;
})();
