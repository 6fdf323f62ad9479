// "See what your leader will see": the layout of a report, with invented numbers, for a group of a size.

const INVENTED = [4.1, 3.6, 3.9, 4.4, 3.2, 4.0, 3.8, 3.5];

/**
 * Rows `{label, mean, share, isHidden}`: a mean in steps of 0.1, never outside [min + 4/n, max − 4/n]
 * (R5). In a group below ten one row is hidden, as too few would have answered it.
 */
export function inventedRows(labels, invited, low = 1, high = 5) {
  const answered = Math.max(5, Math.round(invited * 0.8));
  const floor = Math.ceil((low + 4 / answered) * 10) / 10;
  const ceiling = Math.floor((high - 4 / answered) * 10) / 10;
  return labels.slice(0, 5).map((label, at) => {
    const mean = Math.min(ceiling, Math.max(floor, INVENTED[at % INVENTED.length]));
    return {
      label,
      mean,
      share: (mean - low) / (high - low),
      isHidden: invited < 10 && at === Math.min(labels.length, 5) - 1 && labels.length > 1,
    };
  });
}
