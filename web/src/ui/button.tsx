import clsx from "clsx";
import type { ButtonHTMLAttributes } from "react";

const LOOK = {
  primary: "bg-accent text-on-accent hover:brightness-110",
  buy: "bg-buy text-on-side hover:brightness-110",
  sell: "bg-sell text-on-side hover:brightness-110",
  quiet: "border border-line bg-raised text-text hover:border-muted",
  bare: "text-muted hover:bg-raised hover:text-text",
};

const SIZE = {
  sm: "h-7 min-w-7 px-2 text-xs",
  md: "h-9 min-w-9 px-3",
  lg: "h-11 px-4 text-base",
};

interface Props extends ButtonHTMLAttributes<HTMLButtonElement> {
  look?: keyof typeof LOOK;
  size?: keyof typeof SIZE;
}

export function Button({ look = "quiet", size = "md", className, type, ...rest }: Props) {
  return (
    <button
      type={type ?? "button"}
      className={clsx(
        "inline-flex items-center justify-center gap-1.5 rounded-md font-medium whitespace-nowrap",
        "disabled:opacity-50",
        LOOK[look],
        SIZE[size],
        className,
      )}
      {...rest}
    />
  );
}
