// A value that others watch.

export interface Store<T> {
	get(): T;
	set(next: T): void;
	watch(see: (value: T) => void): void;
}

export function store<T>(first: T): Store<T> {
	const watchers: ((value: T) => void)[] = [];
	let value = first;
	return {
		get: () => value,
		set(next) {
			value = next;
			for (const see of watchers)
				see(value);
		},
		watch(see) {
			watchers.push(see);
			see(value);
		},
	};
}
