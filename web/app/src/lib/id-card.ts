/** What an 18-digit identity card number (GB 11643) says. */
export interface IdCard {
  number: string;
  gender: 'male' | 'female';
  birth: string; // 1968-03-07
  age: number; // whole years on `today`
}

const WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const CHECKS = '10X98765432';

/** The card of a number; null if it is not one: another length, no such day of birth, or its check digit is wrong. */
export function readIdCard(text: string, today = new Date()): IdCard | null {
  const number = text.trim().toUpperCase();
  const parts = /^\d{6}(\d{4})(\d{2})(\d{2})\d{2}(\d)[\dX]$/.exec(number);
  if (!parts) return null;
  const sum = WEIGHTS.reduce((total, weight, place) => total + weight * Number(number[place]), 0);
  if (CHECKS[sum % 11] !== number[17]) return null;
  const [year, month, day] = [Number(parts[1]), Number(parts[2]), Number(parts[3])];
  const born = new Date(Date.UTC(year, month - 1, day));
  if (born.getUTCMonth() !== month - 1 || born.getUTCDate() !== day || born > today) return null;
  const had = today.getMonth() + 1 > month || (today.getMonth() + 1 === month && today.getDate() >= day);
  return { number, gender: Number(parts[4]) % 2 ? 'male' : 'female', birth: `${parts[1]}-${parts[2]}-${parts[3]}`, age: today.getFullYear() - year - (had ? 0 : 1) };
}

/** True for what looks like a card's number, so that a wrong one can be told. */
export function looksLikeIdCard(text: string): boolean {
  return /^\d{17}[\dXx]$/.test(text.trim());
}
