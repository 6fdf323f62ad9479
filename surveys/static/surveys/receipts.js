// "Was mine counted?": looks a receipt up in the list on the page. Nothing is sent.
(() => {
  'use strict';
  const box = document.querySelector('[data-receipts]');
  const field = document.getElementById('receipt');
  const answer = document.querySelector('[data-receipts-answer]');
  const known = new Set(
    Array.from(document.querySelectorAll('[data-receipts-list] li'), (one) => one.textContent.trim())
  );
  const look = () => {
    const typed = field.value.toLowerCase().replace(/[^0-9a-z]/g, '');
    if (!typed) answer.textContent = '';
    else if (known.has(typed)) answer.textContent = box.dataset.yes;
    else if (/^[0-9a-f]{20}$/.test(typed)) answer.textContent = box.dataset.no;
    else answer.textContent = box.dataset.short;
    answer.classList.toggle('is-found', known.has(typed));
  };
  field.addEventListener('input', look);
  look();
})();
