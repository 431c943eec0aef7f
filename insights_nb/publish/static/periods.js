// Weeks and months as insights_nb.periods has them; a period is its first day in UTC milliseconds.

export const DAY = 86_400_000;
const NAMES = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

const parts = (time) => {
  const day = new Date(time);
  return [day.getUTCFullYear(), day.getUTCMonth(), day.getUTCDate()];
};

function addMonths(time, months) {
  const [year, month, day] = parts(time);
  const first = Date.UTC(year, month + months, 1);
  const length = (Date.UTC(year, month + months + 1, 1) - first) / DAY;
  return first + (Math.min(day, length) - 1) * DAY;
}

export function shift(unit, start, count) {
  return unit === "week" ? start + 7 * DAY * count : addMonths(start, count);
}

export function dateRange(first, last) {
  const [year, month, day] = parts(first);
  const [lastYear, lastMonth, lastDay] = parts(last);
  let start = `${day}`;
  if (month !== lastMonth || year !== lastYear) start += ` ${NAMES[month]}`;
  if (year !== lastYear) start += ` ${year}`;
  return `${start} – ${lastDay} ${NAMES[lastMonth]} ${lastYear}`;
}

export function dayInWords(time) {
  const [year, month, day] = parts(time);
  return `${day} ${NAMES[month]} ${year}`;
}

export function datesOf(unit, start) {
  const [year, month] = parts(start);
  if (unit === "month") return `${NAMES[month]} ${year}`;
  return dateRange(start, shift(unit, start, 1) - DAY);
}

export function span(unit, first, last) {
  if (first === last) return datesOf(unit, first);
  if (unit === "week") return dateRange(first, shift(unit, last, 1) - DAY);
  const sameYear = parts(first)[0] === parts(last)[0];
  return `${sameYear ? NAMES[parts(first)[1]] : datesOf(unit, first)} – ${datesOf(unit, last)}`;
}

// How many periods the last months up to the newest period have.
export function lengthOf(unit, newest, months) {
  const begin = addMonths(shift(unit, newest, 1), -months);
  let count = 1;
  while (shift(unit, newest, -count) >= begin) count++;
  return count;
}

export const isoDay = (time) => new Date(time).toISOString().slice(0, 10);

export const halfWay = (first, second) => Math.floor((first + second) / 2);
