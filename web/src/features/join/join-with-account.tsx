import { useMutation } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { Problem } from "@/api/problem";
import type { Offer } from "@/api/types";
import { Button } from "@/ui/button";
import { Failure } from "@/ui/failure";
import { TextField } from "@/ui/field";
import { register } from "./queries";

/** As the server wants it. */
const SHORTEST = 10;

/** Joins with a new account for the invitation's e-mail, or with the one that there is. */
export function JoinWithAccount({ token, offer }: { token: string; offer: Offer }) {
  const known = offer.has_account;
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const join = useMutation({ mutationFn: () => register(token, { password, ...(known ? {} : { name: name.trim() }) }) });
  const wrong = join.error instanceof Problem && join.error.unauthorized;
  const ready = known ? password !== "" : name.trim() !== "" && password.length >= SHORTEST;
  return (
    <form
      className="space-y-4"
      onSubmit={(event) => {
        event.preventDefault();
        join.mutate();
      }}
    >
      <TextField label="E-mail" type="email" autoComplete="username" readOnly value={offer.email} onChange={() => undefined} hint={known ? "There is an account with this e-mail." : "Your account will have this e-mail."} />
      {!known && <TextField label="Name" value={name} onChange={setName} required maxLength={100} autoComplete="name" />}
      <TextField
        label={known ? "Password" : "New password"}
        type="password"
        autoComplete={known ? "current-password" : "new-password"}
        required
        maxLength={256}
        value={password}
        onChange={setPassword}
        error={wrong ? "This is not the password of that account." : undefined}
        hint={known ? undefined : `At least ${SHORTEST} characters.`}
      />
      {join.error && !wrong && <Failure title={`You have not joined ${offer.organization.name}`} error={join.error} />}
      <Button type="submit" variant="primary" className="w-full" busy={join.isPending} disabled={join.isPending || !ready}>{known ? "Log in and join" : "Create account and join"}</Button>
      <p className="text-center text-muted">Have another account? <Link to="/login" search={{ next: `/join/${token}` }} className="text-accent-text underline">Log in with it</Link></p>
    </form>
  );
}
