/** A member of at most one chain. */
export interface Linked<T> {
  previous: T | undefined;
  next: T | undefined;
}

/** A doubly linked list through its members: adding, and taking out anywhere, are constant and allocate nothing. */
export class Chain<T extends Linked<T>> {
  first: T | undefined = undefined;
  last: T | undefined = undefined;
  size = 0;

  append(member: T): void {
    member.previous = this.last;
    member.next = undefined;
    if (this.last) this.last.next = member;
    else this.first = member;
    this.last = member;
    this.size++;
  }

  /** @param member Must be in this chain. */
  remove(member: T): void {
    if (member.previous) member.previous.next = member.next;
    else this.first = member.next;
    if (member.next) member.next.previous = member.previous;
    else this.last = member.previous;
    member.previous = undefined;
    member.next = undefined;
    this.size--;
  }
}
