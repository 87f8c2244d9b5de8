import type { components } from "./schema";

type Schemas = components["schemas"];

/** The rows of the API, by the names the dashboard uses. */
export type Approval = Schemas["Approval"];
export type Activity = Schemas["Activity"];
export type Commit = Schemas["Commit"];
export type Config = Schemas["ServiceConfig"];
export type Delivery = Schemas["Delivery"];
export type DeliveryState = Delivery["state"];
export type Deployment = Schemas["Deployment"];
export type DeploymentStatus = Deployment["status"];
export type Environment = Schemas["Environment"];
export type Instance = Schemas["ReplicaInstance"];
export type Invitation = Schemas["Invitation"];
export type Joined = Schemas["Joined"];
export type LogLine = Schemas["LogLine"];
export type Me = Schemas["Me"];
export type Member = Schemas["Member"];
export type MyOrganization = Schemas["MyOrganization"];
export type Offer = Schemas["Offer"];
export type Project = Schemas["Project"];
export type Release = Schemas["Release"];
export type Server = Schemas["Server"];
export type ServerJoin = Schemas["NewServer"];
export type ServerLive = Schemas["Live"];
export type Service = Schemas["Service"];
export type Step = Schemas["Step"];
export type Token = Schemas["Token"];
export type Variable = Schemas["Variable"];
export type Webhook = Schemas["Webhook"];

/** A page of a list. */
export interface Page<T> {
  items: T[];
  next_cursor?: string;
}
